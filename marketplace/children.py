"""Child processes: as whom they run, how they die with their parent, how strays are ended."""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

# root may not run PostgreSQL; this account owns its data then.
SYSTEM_USER = "manyhands"
PR_SET_PDEATHSIG = 1


class StartError(RuntimeError):
    """A process did not start; the message says why and what to do."""


def dying_with_parent(how: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends the child `how` when its parent is gone (Linux only)."""
    return becoming(None, how)


def let_through(path: Path) -> None:
    """Let other users pass through (not list) the folders that lead to `path`."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def is_running(pid: int, words: str) -> bool:
    """Whether process `pid` lives and has `words` in its command line."""
    import psutil

    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and words in " ".join(process.cmdline())
    except psutil.Error:
        return False


def end(pid: int, how: signal.Signals, *, seconds: float = 15) -> None:
    """Send `how` to a process that is not our child, and SIGKILL after `seconds`."""
    import psutil

    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        process.send_signal(how)
        try:
            process.wait(seconds)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(5)


def tail(log: Path, lines: int = 20) -> str:
    """The last `lines` lines of a log file."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(it has written nothing)"


def becoming(user: str | None, how: signal.Signals) -> Callable[[], None]:
    """What a child does between fork and exec: become `user`, die with its parent."""
    account = pwd.getpwnam(user) if user else None
    parent = os.getpid()
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def become() -> None:
        if account:
            os.setgroups([])
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)
            os.umask(0o077)
        if libc:
            # After setuid, which clears it.
            libc.prctl(PR_SET_PDEATHSIG, int(how), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return become


def system_user() -> str:
    """The account that root hands PostgreSQL to; made when it isn't there."""
    for name in (SYSTEM_USER, "pgserver"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    made = subprocess.run(
        ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER],
        capture_output=True,
        check=False,
    )
    return SYSTEM_USER if made.returncode in (0, 9) else "nobody"


def own_folder(folder: Path, user: str | None) -> None:
    """A folder that only `user` (and root) can enter, safe from whoever made it before us."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    mine = {os.geteuid(), *([pwd.getpwnam(user).pw_uid] if user else [])}
    if not stat.S_ISDIR(found.st_mode) or (os.geteuid() and found.st_uid not in mine):
        raise StartError(f"{folder} belongs to somebody else: remove it and start again.")
    if user:
        shutil.chown(folder, user)
    folder.chmod(0o700)
