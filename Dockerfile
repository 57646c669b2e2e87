# syntax=docker/dockerfile:1
# One image for both kinds of host; docker-compose.yml chooses TORCH. The CUDA libraries come with PyTorch's own
# packages: a plain base has none that could refuse an older driver before the server can say so in words.
# PLUS=yes adds the compiler for kidbright-mai-plus (2 GB, x86-64 alone), which needs Python 3.10.
ARG PLUS=no
FROM node:26-bookworm-slim AS node

FROM python:3.10-slim-bookworm AS python-yes
FROM ubuntu:24.04 AS python-no
FROM python-${PLUS} AS python-plus

FROM ubuntu:24.04
ARG TORCH=cuda
ARG PLUS=no
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libatomic1 libgomp1 procps python3 python3-venv tini \
 && rm -rf /var/lib/apt/lists/*
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm

RUN groupadd --gid 10001 mai && useradd --uid 10001 --gid mai --create-home mai
WORKDIR /app
RUN mkdir -p projects weights cache && chown -R mai:mai /app
USER mai

# What changes rarely comes first: the packages, then the weights, then the code.
COPY --chown=mai:mai package.json package-lock.json ./
COPY --chown=mai:mai tools/setup tools/setup
COPY --chown=mai:mai python/requirements.txt python/requirements-dev.txt python/
RUN MAI_TORCH=${TORCH} PIP_NO_CACHE_DIR=1 node tools/setup/server-only.mjs

COPY --from=python-plus /usr/local /opt/python3.10
COPY --chown=mai:mai tools/setup-plus.mjs tools/
COPY --chown=mai:mai python/requirements-plus.txt python/
COPY --chown=mai:mai python/plus python/plus
RUN [ "${PLUS}" != yes ] || MAI_PYTHON_PLUS=/opt/python3.10/bin/python3.10 PIP_NO_CACHE_DIR=1 node tools/setup-plus.mjs

# Pretrained weights are part of the image: a class must not wait for a download. Files that lie in weights/ beside
# this file are taken; what is missing is fetched; what cannot be fetched is a warning.
COPY --chown=mai:mai weight[s] weights/
COPY --chown=mai:mai tools/fetch_weights.py tools/
COPY --chown=mai:mai contract/messages/training.json contract/messages/
COPY --chown=mai:mai python/mai/__init__.py python/mai/errors.py python/mai/events.py python/mai/files.py python/mai/sentences.py python/mai/
COPY --chown=mai:mai python/mai/models python/mai/models
RUN .venv/bin/python tools/fetch_weights.py --optional --weights-dir /app/weights

COPY --chown=mai:mai contract contract
COPY --chown=mai:mai python python
COPY --chown=mai:mai tools tools
COPY --chown=mai:mai page page
COPY --chown=mai:mai src src
# Makes the one file that a start loads, and the page.
RUN node tools/start.mjs --help > /dev/null

ENV MAI_HOST=0.0.0.0 MAI_PORT=5000 MAI_PROJECTS_DIR=/app/projects MAI_WEIGHTS_DIR=/app/weights
# For the container runtime of NVIDIA; without a GPU they mean nothing.
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
EXPOSE 5000 5443
VOLUME /app/projects
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 CMD ["node", "tools/healthcheck.mjs"]
# tini reaps what a killed training leaves behind and passes SIGTERM on.
ENTRYPOINT ["tini", "--"]
CMD ["node", "tools/start.mjs"]
