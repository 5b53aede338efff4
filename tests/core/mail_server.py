"""A real SMTP server on a free port, which keeps letters and fails as a test wants it to."""

from __future__ import annotations

import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass
class MailServer:
    """What came in, and what the server answers instead of taking the next letters.

    Args:
        answers: one for each letter to come, before all others are taken: an answer such as
            "451 later", or `hang up`: it closes the line when it has the text.
    """

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list[EmailMessage])
    answers: list[str] = field(default_factory=list[str])
    passwords: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        """Take a letter, or do what the test wants."""
        answer = self.answers.pop(0) if self.answers else ""
        if answer == "hang up":
            server.transport.abort()
            return "250 never heard"
        if answer:
            return answer
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.letters.append(found)
        return "250 OK"

    def authenticate(self, *asked: Any) -> Any:
        """Let in whoever knows the password."""
        given = asked[-1]
        if isinstance(given, LoginPassword):
            self.passwords.append((given.login, given.password))
            return AuthResult(success=given.password == b"secret", handled=False)
        return AuthResult(success=False, handled=False)


@contextmanager
def mail_server(**settings: Any) -> Generator[MailServer]:
    """Run a server until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = MailServer(port=port)
    controller = Controller(
        kept, hostname="127.0.0.1", port=port, authenticator=kept.authenticate, **settings
    )
    controller.start()
    try:
        yield kept
    finally:
        controller.stop()
