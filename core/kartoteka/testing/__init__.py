"""Help for tests of plugins and of the core: fresh databases, people of all roles, applications."""

from kartoteka.testing.bases import Firm, always_in_schema, firm, for_tests, fresh
from kartoteka.testing.counting import statements

__all__ = ["Firm", "always_in_schema", "firm", "for_tests", "fresh", "statements"]
