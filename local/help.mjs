/** What `npm start -- --help` prints. */
export const HELP = `npm start — the whole engine on this machine

Installs what is missing, builds, starts PostgreSQL and Temporal, applies the migrations, starts the worker
and the API, and prints where each of them is. Ctrl-C stops all of it, in order. Data survives in DATA_DIR.

Options
  --help, -h            this text

Variables (docs/CONFIGURATION.md lists all of them)
  DATA_DIR              where data, logs and secrets are kept            .data
  API_PORT              port of the API                                  3000
  METRICS_PORT          port of the API's metrics                        3002
  WORKER_PORT           port of the worker's health and metrics          3001
  POSTGRES_PORT         port of the embedded PostgreSQL                  54329
  TEMPORAL_PORT         port of the embedded Temporal server             7233
  TEMPORAL_UI_PORT      port of its Web UI                               8233
  DATABASE_URL          a PostgreSQL server of yours instead of the embedded one
  MIGRATE_DATABASE_URL  the same as the owner of the tables, for migrations
  TEMPORAL_ADDRESS      a Temporal server of yours instead of the embedded one
  TEMPORAL_CLI_PATH     a copy of the temporal program, where Python is missing
  TOOLS_DIR             where the temporal program is installed          .tools

To begin anew, stop it and delete the data folder.
`;
