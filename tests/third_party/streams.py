"""Runs a command whose streams lead to places that do not take everything.

streams.py full-stdout COMMAND...       standard output is a disk without room
streams.py full-stderr COMMAND...       standard error is
streams.py closed-terminal COMMAND...   a terminal that closes once the command has written to it
streams.py nohup COMMAND...             as nohup starts it, with a SIGHUP once the command has written
streams.py fifo PATH COMMAND...         makes a pipe that nobody writes to, and interrupts the command
"""
import os
import pty
import signal
import subprocess
import sys
import time

mode, command = sys.argv[1], sys.argv[2:]


def end_with(child):
    sys.exit(child.wait())


if mode == "full-stdout":
    end_with(subprocess.Popen(command, stdout=open("/dev/full", "wb")))
elif mode == "full-stderr":
    end_with(subprocess.Popen(command, stderr=open("/dev/full", "wb")))
elif mode == "closed-terminal":
    # The result goes elsewhere; everything else, and the signal, is the terminal's.
    near, far = pty.openpty()
    child = subprocess.Popen(
        command,
        stdin=far,
        stderr=far,
        start_new_session=True,
        preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0),
    )
    os.close(far)
    os.read(near, 1)
    os.close(near)
    end_with(child)
elif mode == "nohup":
    unreadable = os.open("/dev/null", os.O_WRONLY)
    ignore = lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    child = subprocess.Popen(command, stdin=unreadable, stderr=subprocess.PIPE, preexec_fn=ignore)
    child.stderr.read(1)
    child.send_signal(signal.SIGHUP)
    child.stderr.read()
    end_with(child)
elif mode == "fifo":
    os.mkfifo(command[0])
    child = subprocess.Popen(command[1:])
    # A signal may come before the command has set itself up for it: sent until it has ended.
    while child.poll() is None:
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
    end_with(child)
