"""A command of the AWS CLI, run by server.py. Takes the path of the server's socket, then what `aws` takes."""
import json
import os
import socket
import sys

connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
socket.send_fds(connection, [b" "], [0, 1, 2])
connection.sendall(json.dumps([os.getcwd(), dict(os.environ), sys.argv[2:]]).encode())
connection.shutdown(socket.SHUT_WR)
code = connection.recv(1)
sys.exit(code[0] if code else "the AWS CLI ended without an exit code")
