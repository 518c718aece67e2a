# One release of the lab's app: the same files, another name, and the fault that makes it a broken one.
ARG APP
FROM ${APP}
ARG APP_VERSION
ARG FAULT
ENV APP_VERSION=${APP_VERSION} FAULT=${FAULT}
