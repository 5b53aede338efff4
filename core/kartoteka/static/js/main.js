// Start the small scripts of a page. Each finds its elements by data attributes.
import { enhance } from "./enhance.js";
import "./navigation.js";
import "./seek.js";
import "./list.js";
import "./forms.js";
import "./alike.js";
import "./dialogs.js";
import "./jobs.js";
import "./keys.js";
import "./late.js";
import "./live.js";
import "./builder.js";

enhance(document);
