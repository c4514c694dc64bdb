"""A store of the S3 kind on loopback, for a block."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER = """
import sys
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""
"""Ends when who started it does."""


@contextmanager
def s3_server(log: Path) -> Iterator[dict[str, str]]:
    """The environment in which S3's libraries find the store."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with log.open("wb") as errors, subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environ
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            port = process.stdout.readline().decode().strip()
            assert port, f"the store did not start; see {log}"
            yield {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
                "AWS_ACCESS_KEY_ID": "planted-name-of-a-key",
                "AWS_SECRET_ACCESS_KEY": "planted-secret-of-a-key",
                "AWS_ALLOW_HTTP": "true",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_EC2_METADATA_DISABLED": "true",
            }
        finally:
            process.kill()


def filled_bucket(bucket: str, folder: Path) -> None:
    """Copy a folder into a new bucket, ``s3://BUCKET/mocap``."""
    import boto3

    client = boto3.client("s3")
    client.create_bucket(Bucket=bucket)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            client.put_object(Bucket=bucket, Key=f"mocap/{path.relative_to(folder).as_posix()}", Body=path.read_bytes())


__all__ = ["filled_bucket", "s3_server"]
