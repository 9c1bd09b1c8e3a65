#include "app/config_check.h"

#include <ctype.h>
#include <unistd.h>

void
config_not_yet(const struct tree *map, const char *key, struct faults *faults)
{
	const struct tree *node = tree_get(map, key);

	if (node != NULL && !(node->kind == TREE_LIST && node->count == 0))
		tree_fault(node, faults, "%s is not in this version yet", key);
}

void
config_required(const struct tree *map, const char *key, struct span value,
    struct faults *faults)
{
	if (value.len == 0)
		tree_fault(map, faults, "%s is missing", key);
}

void
config_readable(const struct tree *map, const char *key, struct span path,
    bool service, struct faults *faults)
{
	const struct tree *node = tree_get(map, key);

	if (service && node != NULL && path.len > 0 &&
	    access(path.at, R_OK) != 0)
		tree_fault(
		    node, faults, "%.*s cannot be read", SPAN_ARGS(path));
}

void
config_plain_name(
    const struct tree *map, struct span name, struct faults *faults)
{
	bool plain = name.len <= 64 && !span_starts(name, ".");

	for (size_t i = 0; i < name.len && plain; i++)
		plain = isalnum((unsigned char)name.at[i]) ||
		    strchr("._-", name.at[i]) != NULL;
	if (!plain)
		tree_fault(map, faults,
		    "name must be of letters, digits, '.', '_' and '-', at "
		    "most 64 of them");
}
