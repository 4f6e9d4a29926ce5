"""Runs a command on a machine that soon runs out of something.

narrow_machine.py files COUNT COMMAND...   so many open files
narrow_machine.py ports COUNT COMMAND...   so many local ports, in a network of its own (as root)
"""
import ctypes
import fcntl
import os
import resource
import socket
import struct
import sys

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
LOOPBACK_UP = struct.pack("16sH14s", b"lo", 0x41, b"")

what, count, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
if what == "files":
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))
else:
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
    fcntl.ioctl(socket.socket(), SIOCSIFFLAGS, LOOPBACK_UP)
    with open("/proc/sys/net/ipv4/ip_local_port_range", "w") as ports:
        ports.write(f"20000 {20000 + count - 1}")
    # Ports of connections that have ended stay taken for a minute, as they do towards other machines.
    with open("/proc/sys/net/ipv4/tcp_tw_reuse", "w") as reuse:
        reuse.write("0")
os.execv(command[0], command)
