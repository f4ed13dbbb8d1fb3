# Moothall in a container: `docker build -t moothall .` (docs/deploy.md, "In containers").
# The packages come from the lock with their hashes; nothing else is fetched.
FROM python:3.11-slim-bookworm AS build
WORKDIR /opt/moothall
COPY requirements.txt requirements.in pyproject.toml README.md LICENSE ./
COPY tools/set_up.sh tools/set_up.sh
COPY src/moothall/__init__.py src/moothall/__init__.py
RUN tools/set_up.sh requirements.txt

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Moothall" \
      org.opencontainers.image.description="An open-source digital council: a service is a file, a council is a folder." \
      org.opencontainers.image.licenses="AGPL-3.0-or-later"
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin moothall \
 && install -d -o moothall -g moothall -m 0700 /var/lib/moothall
WORKDIR /opt/moothall
COPY --from=build /opt/moothall/.venv .venv
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY services services
COPY councils councils
RUN .venv/bin/python -m compileall -q src
ENV PATH=/opt/moothall/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MOOTHALL_HOME=/var/lib/moothall \
    MOOTHALL_LISTEN=0.0.0.0 \
    MOOTHALL_DEMONSTRATION=no
USER moothall
VOLUME /var/lib/moothall
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["moothall"]
CMD ["serve", "--quiet"]
