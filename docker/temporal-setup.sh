#!/bin/sh
# Prepares Temporal, and may be repeated:  schema     its two databases on PostgreSQL
#                                          namespace  the namespace and the search attributes of the engine
set -eu

schema() {
  database="$1"
  folder="$2"
  sql() {
    temporal-sql-tool --plugin postgres12 --endpoint "$SQL_HOST" --port 5432 --user "$SQL_USER" --database "$database" "$@"
  }
  # A new database gets the version table first; one that has it is only updated.
  sql setup-schema --version 0.0 || echo "$database has its version table already"
  sql update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$folder/versioned"
}

namespace() {
  until temporal operator cluster health; do
    echo "waiting for Temporal at $TEMPORAL_ADDRESS"
    sleep 2
  done
  temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "${RETENTION:-30d}"
  # The servers learn of a new namespace within some seconds.
  attempts=0
  until attributes; do
    attempts=$((attempts + 1))
    if [ "$attempts" -ge 30 ]; then exit 1; fi
    sleep 2
  done
}

attributes() {
  temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
    --name ProgramId --type Keyword \
    --name MemberId --type Keyword \
    --name ReferralStage --type Keyword \
    --name FraudVerdict --type Keyword \
    --name RewardDueAt --type Datetime
}

case "${1:-}" in
  schema)
    schema temporal temporal
    schema temporal_visibility visibility
    ;;
  namespace) namespace ;;
  *)
    echo "usage: temporal-setup.sh schema | namespace" >&2
    exit 2
    ;;
esac
