"""Runs commands of the AWS CLI in one process, since to start it takes most of their time: `aws_cli.py FILE`.

FILE has a line for each command; its arguments end with the character 31.
"""
import os
import sys
from pathlib import Path

from awscli.clidriver import create_clidriver

for line in Path(sys.argv[1]).read_text().splitlines():
    # version 1 of the AWS CLI has an endpoint of its own for SQS
    code = create_clidriver().main(["--endpoint-url", os.environ["AWS_ENDPOINT_URL"], *line.split("\x1f")[:-1]])
    if code != 0:
        sys.exit(f"{line} failed with {code}")
