"""Third-party files are what VENDOR.toml says they are, and nothing else lies beside them."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

from django.conf import settings

VENDOR = Path(settings.BASE_DIR) / "static" / "vendor"


def test_vendored_files_are_listed_with_their_hashes() -> None:
    listed = {
        name: digest
        for library in tomllib.loads((VENDOR / "VENDOR.toml").read_text())["library"]
        for name, digest in library["sha256"].items()
    }
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "VENDOR.toml"
    }
    assert found == listed


def test_vendored_libraries_name_version_licence_and_reason() -> None:
    for library in tomllib.loads((VENDOR / "VENDOR.toml").read_text())["library"]:
        assert all(library[key] for key in ("name", "version", "licence", "reason"))
