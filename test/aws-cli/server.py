"""
Runs commands of the AWS CLI, each in a copy of this process: Python and the CLI are loaded once, which takes half a second.
Each copy has the arguments, environment, folder and standard streams of its command, and nothing of other commands.
Takes the path of its socket; ends when its standard input does.
"""
import json
import os
import select
import socket
import sys
import traceback

import awscli.clidriver
import awscli.customizations.s3.subcommands  # noqa: F401  loaded before the first copy, as all below
import botocore.client  # noqa: F401
import botocore.endpoint  # noqa: F401
import botocore.httpsession  # noqa: F401
import s3transfer.manager  # noqa: F401

# the import of awscli has set it
DATA_PATH = os.environ["AWS_DATA_PATH"]


def run(connection):
    """Runs one command, in a copy of the process, and sends its exit code."""
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    with connection.makefile("rb") as request:
        folder, environment, arguments = json.load(request)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin, sys.stdout, sys.stderr = (open(number, mode, closefd=False) for number, mode in enumerate("rww"))
    os.chdir(folder)
    os.environ.clear()
    # macOS must not be asked for proxies in a copy of a process
    os.environ.update({"no_proxy": "*", "AWS_DATA_PATH": DATA_PATH, **environment})
    sys.argv = ["aws", *arguments]
    try:
        code = awscli.clidriver.main()
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    connection.sendall(bytes([code or 0]))


# loads the rest: the plugins
awscli.clidriver.create_clidriver()
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
print("ready", flush=True)
copies = set()
while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
    connection, _ = listener.accept()
    copy = os.fork()
    if copy == 0:
        listener.close()
        try:
            run(connection)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
        # without the end of a whole program, which would run in each copy
        os._exit(0)
    connection.close()
    copies.add(copy)
    copies -= {each for each in copies if os.waitpid(each, os.WNOHANG)[0] == each}
for each in copies:
    os.waitpid(each, 0)
