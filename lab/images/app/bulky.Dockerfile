# A release with 30 MB that no other release has.
ARG APP
FROM ${APP}
RUN head -c 30000000 /dev/urandom >/bulk
ENV APP_VERSION=bulky FAULT=
