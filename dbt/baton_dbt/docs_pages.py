"""dbt's documentation: readable on a phone, and served until Ctrl-C."""

import shutil
import socketserver
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace
from typing import Any, List

# dbt's page is 960 px wide, with a list beside the content. On a phone the list is above it, and wide tables scroll.
PHONE_STYLE = """<style>
@media (max-width: 767px) {
  body, .app, .app-menu, .app-content { min-width: 0 !important; }
  .app { flex-direction: column !important; }
  .app > .app-menu { width: 100%; flex: 0 0 30%; border-bottom: 1px solid #ccc; }
  .app > .app-menu > .app-header { display: none; }
  .app .app-frame { width: 100%; padding-left: 15px; padding-right: 15px; }
  .app .panel { overflow-x: auto; }
}
</style>"""


def prepare_docs(arguments: List[str]) -> None:
    """Changes the page and the server of dbt's documentation, for the commands `docs`. Call after dbt is imported."""
    if "docs" not in arguments:
        return

    import dbt.task.docs.generate as generate
    import dbt.task.docs.serve as serve

    load_file_contents = generate.load_file_contents
    run = serve.ServeTask.run

    def load_readable(path: str, *args: Any, **options: Any) -> str:
        text: str = load_file_contents(path, *args, **options)
        return readable(text) if path == generate.DOCS_INDEX_FILE_PATH else text

    def serve_until_stopped(self: Any) -> None:
        try:
            run(self)
        except SystemExit:
            # a signal (cancel_on_signal.py)
            print("stopped")

    files = SimpleNamespace(**{**vars(shutil), "copyfile": copy_readable})
    generate.shutil = serve.shutil = files
    generate.load_file_contents = load_readable
    serve.ServeTask.run = serve_until_stopped
    serve.SimpleHTTPRequestHandler = QuietHandler
    socketserver.TCPServer.allow_reuse_address = True


class QuietHandler(SimpleHTTPRequestHandler):
    """Logs no requests. The page also requests addresses that do not exist."""

    def log_message(self, *_: Any) -> None:
        pass


def copy_readable(source: str, target: str) -> None:
    Path(target).write_text(readable(Path(source).read_text(encoding="utf-8")), encoding="utf-8")


def readable(page: str) -> str:
    return page.replace("<head>", f"<head>{PHONE_STYLE}", 1)
