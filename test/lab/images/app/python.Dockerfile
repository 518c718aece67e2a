# Debian's Python, as python:3-slim would be.
ARG BASE
FROM ${BASE}
RUN apt-get update && apt-get install -y python3 python3-venv curl && rm -rf /var/lib/apt/lists/*
