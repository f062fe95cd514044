"""Writing a file so that whoever looks finds the old content or the new, never part of either.

The bytes go to a temporary file beside the target, are forced to the disk, and only then take the target's
name. Until that one step the old file is untouched; whatever goes wrong before it, Ctrl-C included, removes
the temporary file. Only a kill or a power cut can leave one behind: ``.logistica-*.tmp``, which is safe to
delete.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import ExitStack, suppress

from logistica.core.errors import FileAccessError

Path = str | os.PathLike[str]

_FLAGS = os.O_WRONLY | getattr(os, "O_BINARY", 0)
_PERMISSIONS = 0o777
_NO_SYNC_HERE = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EACCES})

_REMEDIES = {
    errno.ENOSPC: "Free some space, or write to another disk",
    errno.EDQUOT: "Delete some of your files, or write to another disk",
    errno.EFBIG: "Raise the limit on the size of files, or write elsewhere",
    errno.EROFS: "Write to another place",
    errno.EACCES: "Change the permissions of the file or its directory, or write to another place",
    errno.EPERM: "Change the permissions of the file or its directory, or write to another place",
    errno.ENOENT: "Make the directory first",
    errno.ENOTDIR: "Part of the path is a file; write to a directory",
    errno.EISDIR: "Name a file in it",
    errno.ENAMETOOLONG: "Choose a shorter name",
    errno.EIO: "Check the disk, or write to another one",
}


def write_atomic(path: Path, data: bytes) -> None:
    """Make ``data`` the whole content of the file ``path``, or leave everything as it was.

    A new file gets the permissions that the umask leaves; a file that exists keeps its own. A symbolic link
    stays, and the file that it names is replaced. A device or a named pipe cannot be replaced and is written
    to directly.

    Raises
    ------
    FileAccessError
        The disk is full, the quota used up, the place read-only, the directory missing, the target a
        directory ... The message names the path, the cause and a remedy. The old file, if there was one, is
        intact, unless the message says that the new one is in its place and the disk did not confirm it.
    """
    name = os.fspath(path)
    try:
        if not os.path.basename(name):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        mode = _mode(name)
        if mode is None or stat.S_ISREG(mode):
            _replace(os.path.realpath(name), data, mode)
        else:
            _write_in_place(name, data)
    except FileAccessError:
        raise
    except (OSError, ValueError) as error:
        raise _unwritable(name, error) from error


def rename(path: str, to: str) -> None:
    """Give the file ``path`` another name beside it; one that has that name is replaced.

    Raises
    ------
    FileAccessError
        It cannot be done; both files are as they were.
    """
    try:
        os.replace(path, to)
    except OSError as error:
        raise _unwritable(path if isinstance(error, FileNotFoundError) else to, error) from error


def _mode(path: str) -> int | None:
    """Return the type and permissions of the file, or None where there is none."""
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


def _write_in_place(path: str, data: bytes) -> None:
    descriptor = os.open(path, _FLAGS)
    try:
        _write_all(descriptor, data)
    finally:
        os.close(descriptor)


def _replace(target: str, data: bytes, mode: int | None) -> None:
    if mode is not None:
        _require_writable(target)
    directory = os.path.dirname(target)
    temporary = os.path.join(directory, f".logistica-{secrets.token_hex(8)}.tmp")
    with ExitStack() as undo:
        undo.callback(_remove, temporary)
        _write_new(temporary, data, mode)
        os.replace(temporary, target)
        undo.pop_all()
    _sync_directory(directory, target)


def _require_writable(path: str) -> None:
    """Open the old file for writing, and write nothing: a write-protected file is not replaced."""
    os.close(os.open(path, _FLAGS))


def _write_new(path: str, data: bytes, mode: int | None) -> None:
    descriptor = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else 0o600)
    try:
        if mode is not None:
            os.chmod(path, mode & _PERMISSIONS)
        _write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync_directory(directory: str, target: str) -> None:
    """Force the new name to the disk; some file systems and permissions do not allow that."""
    try:
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno in _NO_SYNC_HERE:
            return
        raise FileAccessError(
            f"{target!r} is written, but the disk did not confirm it, and a power cut could undo it: "
            f"{_reason(error)}. Check the disk, and write the file again."
        ) from error


def _remove(path: str) -> None:
    with suppress(OSError):
        os.unlink(path)


def _unwritable(name: str, error: OSError | ValueError) -> FileAccessError:
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.ENOENT and os.path.isdir(os.path.dirname(os.path.realpath(name))):
        return FileAccessError(
            f"{name!r} cannot be written: the file that was there has been moved or removed meanwhile, as by another"
            " run that writes the same file. Let each run write a file of its own."
        )
    remedy = _REMEDIES.get(code or 0, "Write to another place")
    return FileAccessError(f"{name!r} cannot be written: {_reason(error)}. {remedy}.")


def _reason(error: OSError | ValueError) -> str:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return text[:1].lower() + text[1:]
