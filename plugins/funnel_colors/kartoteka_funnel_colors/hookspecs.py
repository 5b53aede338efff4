"""The hook this plugin offers to other plugins."""

# A specification only names its arguments; the docstring is the contract.
from __future__ import annotations

from kartoteka.api import hookspec
from kartoteka_funnel_colors.scheme import Scheme


@hookspec
def funnel_colors(scheme: Scheme) -> None:
    """Change, add or drop colours and rules of the scheme; plugins are asked in their order."""
