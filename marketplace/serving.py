"""How gunicorn serves the pages: `gunicorn --config python:marketplace.serving`.

Threads, since a request waits for the database for a good part of its time; several
processes, since Python computes on one core each.
"""

import os
from pathlib import Path

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_PROCESSES", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
# Seconds. A request is given `graceful_timeout` to end when the server stops.
timeout = 60
graceful_timeout = 20
keepalive = 30
# Workers touch a file to show that they live: in memory, so that a slow disk kills nobody.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True
# The scheme is decided by Django's SECURE_PROXY_SSL_HEADER alone.
forwarded_allow_ips = ""
loglevel = os.environ.get("LOG_LEVEL", "warning").lower()
