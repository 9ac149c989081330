"""Becomes one of the local servers: `python -I -S launch.py SIGNAL PARENT UID GID PROGRAM ARGUMENT…`

A script of its own rather than a hook between fork and exec, which is unsafe in a process with threads.
It gives up root where UID and GID are not "-", asks the kernel for SIGNAL when PARENT dies (Linux only;
after the change of user, which would clear it), and runs PROGRAM in its own place.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    signal, parent, uid, gid, *program = sys.argv[1:]
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal))
        if os.getppid() != int(parent):
            sys.exit("the process that asked for this server has gone")
    os.execv(program[0], program)  # noqa: S606 - the point of this script


if __name__ == "__main__":
    main()
