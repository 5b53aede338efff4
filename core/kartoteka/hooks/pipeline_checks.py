"""Say what is wrong with a pipeline that a plugin declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartoteka.errors import PluginError
from kartoteka.fields.field import Field
from kartoteka.hooks.contributions import Pipeline


def check_pipeline(plugin: str, pipeline: Pipeline, fields: Mapping[str, Field[Any]]) -> None:
    """Check stages, where they lead and what they require.

    Args:
        plugin: who declares it.
        fields: those of deals.

    Raises:
        PluginError: names the stage and what to mend.
    """
    codes = [stage.code for stage in pipeline.stages]
    if not codes:
        raise PluginError(plugin, f"pipeline {pipeline.code!r} has no stages. Add one.")
    if repeated := {code for code in codes if codes.count(code) > 1}:
        raise PluginError(
            plugin, f"pipeline {pipeline.code!r} repeats stage {sorted(repeated)[0]!r}. Rename it."
        )
    for stage in pipeline.stages:
        for code in stage.next or ():
            if code not in codes:
                raise PluginError(
                    plugin,
                    f"stage {stage.code!r} leads to {code!r}, which pipeline {pipeline.code!r} "
                    "does not have. Correct `next`.",
                )
        for name in stage.requires:
            if name not in fields:
                raise PluginError(
                    plugin,
                    f"stage {stage.code!r} requires the deal field {name!r}, which does not "
                    "exist. Correct `requires`.",
                )


__all__ = ["check_pipeline"]
