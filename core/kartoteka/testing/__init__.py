"""Help for tests of plugins and of the core: fresh databases, people of all roles, applications."""

from kartoteka.testing.bases import Firm, firm, fresh

__all__ = ["Firm", "firm", "fresh"]
