# syntax=docker/dockerfile:1
# One image for both kinds of host; docker-compose.yml chooses BASE and TORCH.
ARG BASE=nvidia/cuda:13.0.2-base-ubuntu24.04

FROM node:20-bookworm-slim AS node

FROM ${BASE}
ARG TORCH=cuda
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libgomp1 procps python3 python3-venv tini \
 && rm -rf /var/lib/apt/lists/*
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm

RUN groupadd --gid 10001 mai && useradd --uid 10001 --gid mai --create-home mai
WORKDIR /app
RUN mkdir -p projects weights && chown -R mai:mai /app
USER mai

# The packages first: they change rarely, the code often.
COPY --chown=mai:mai package.json package-lock.json ./
COPY --chown=mai:mai tools/setup.mjs tools/setup.mjs
COPY --chown=mai:mai tools/setup tools/setup
COPY --chown=mai:mai python/requirements.txt python/requirements-dev.txt python/
RUN MAI_TORCH=${TORCH} PIP_NO_CACHE_DIR=1 node tools/setup/server-only.mjs

COPY --chown=mai:mai . .
# Pretrained weights are part of the image: a class must not wait for a download.
RUN .venv/bin/python tools/fetch_weights.py --weights-dir /app/weights

ENV MAI_HOST=0.0.0.0 MAI_PORT=5000 MAI_PROJECTS_DIR=/app/projects MAI_WEIGHTS_DIR=/app/weights
EXPOSE 5000
VOLUME /app/projects
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 CMD ["node", "tools/healthcheck.mjs"]
# tini reaps what a killed training leaves behind and passes SIGTERM on.
ENTRYPOINT ["tini", "--"]
CMD ["node", "tools/start.mjs"]
