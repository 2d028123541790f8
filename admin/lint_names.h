/* What the binding tables say of a name. Pure. */
#ifndef CARILLON_ADMIN_LINT_NAMES_H
#define CARILLON_ADMIN_LINT_NAMES_H

#include "lint.h"
#include "lua/vm/binding.h"

/* Is it a global of scripts (or of specs)? */
bool name_is_global(const struct lint_token *name, bool spec);
/* The table of that name; NULL: it is none. */
const struct script_class *name_find_table(const struct lint_token *name);
bool name_in_class(const struct script_class *class, const struct lint_token *name);
/* Has fakes of specs this field? */
bool name_in_fakes(const struct lint_token *name);
/* Does the verdict that this function makes have such a field? *verdict: it is one that takes a table at all. */
bool name_in_verdict(const struct lint_token *function, const struct lint_token *name, bool *verdict);

/* What to write instead of something of plain Lua that scripts have not, such as "os.time"; NULL: nothing is known. */
const char *name_instead(const struct lint_token *name, const struct lint_token *field);
/* The name of the API that is nearest to this one; NULL: none is near. class NULL: among the globals. */
const char *name_nearest(const struct lint_token *name, const struct script_class *class, bool spec);

#endif
