# A release that hears no SIGTERM: its PID 1 is a shell that ignores it.
ARG APP
FROM ${APP}
ENV APP_VERSION=deaf FAULT=
CMD ["sh", "-c", "trap '' TERM; uvicorn serve:app --host 0.0.0.0 --no-access-log; true"]
