"""The web process stays light: it never loads OR-Tools, not even indirectly."""

import subprocess
import sys


def test_web_process_does_not_load_ortools() -> None:
    script = "import sys, scheduler_site.asgi; print(sorted(name for name in sys.modules if name.split('.')[0] == 'ortools'))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_the_web_process_has_loaded_is_not_looked_through_for_garbage() -> None:
    script = "import gc, scheduler_site.asgi; print(gc.get_freeze_count() > 100 * len(gc.get_objects()))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
