"""Send letters over SMTP, and say of each what became of it.

What fails before the server was given the text may be tried again. When the line breaks after that,
nobody knows whether the letter went, and it is not sent again.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from types import TracebackType

from kartoteka.config import Config
from kartoteka.services.letters import Outcome

#: Seconds a server may keep us waiting; the lease of the job is made longer meanwhile.
PATIENCE = 20.0


class NoConnection(Exception):
    """The server could not be reached or would not let us in: nothing was sent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What became of a letter; `problem` in the words of the server."""

    outcome: Outcome
    problem: str = ""


class Mailer:
    """A line to the mail server of an installation: opened at the first letter, then kept."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Mailer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._hang_up()

    def connect(self) -> None:
        """Open the line if it is not open.

        Raises:
            NoConnection: with the reason.
        """
        if self._server is not None:
            try:
                if self._server.noop()[0] == 250:
                    return
            except (OSError, smtplib.SMTPException):
                pass
            self._hang_up()
        try:
            self._server = self._opened()
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            raise NoConnection(_words(error)) from error

    def send(self, message: EmailMessage) -> Sent:
        """Send one letter over the open line."""
        assert self._server is not None
        server = self._server
        try:
            server.ehlo_or_helo_if_needed()
            server.rset()
            _accepted(server.mail(self._config.mail_sender))
            _accepted(server.rcpt(str(message["To"])))
        except _Refused as error:
            return Sent(outcome=error.outcome, problem=str(error))
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            self._hang_up()
            return Sent(outcome="again", problem=_words(error))
        try:
            _accepted(server.data(message.as_bytes(policy=message.policy.clone(linesep="\r\n"))))
        except _Refused as error:
            return Sent(outcome=error.outcome, problem=str(error))
        except smtplib.SMTPDataError as error:
            return Sent(outcome=_outcome(error.smtp_code), problem=_words(error))
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            return Sent(outcome="unknown", problem=_words(error))
        return Sent(outcome="sent")

    def _opened(self) -> smtplib.SMTP:
        config = self._config
        host, port = config.mail_host, config.mail_port
        server: smtplib.SMTP
        if config.mail_security == "tls":
            trusted = ssl.create_default_context()
            server = smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=trusted)
        else:
            server = smtplib.SMTP(host, port, timeout=PATIENCE)
        try:
            if config.mail_security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if config.mail_user:
                server.login(config.mail_user, config.mail_password)
        except BaseException:
            server.close()
            raise
        return server

    def _hang_up(self) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        try:
            server.quit()
        except (OSError, smtplib.SMTPException):
            server.close()


class _Refused(Exception):
    """The server said no to a letter."""

    def __init__(self, code: int, words: bytes) -> None:
        super().__init__(f"{code} {words.decode(errors='replace')}")
        self.outcome: Outcome = _outcome(code)


def _accepted(answer: tuple[int, bytes]) -> None:
    code, words = answer
    if not 200 <= code < 300:
        raise _Refused(code, words)


def _outcome(code: int) -> Outcome:
    """Read RFC 5321, 4.2.1: 4yz may go another time, 5yz will not."""
    return "again" if 400 <= code < 500 else "failed"


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


__all__ = ["Mailer", "NoConnection", "Sent"]
