"""Count what reports declare, keep what came of it, and hand it to screens, files and programs."""
