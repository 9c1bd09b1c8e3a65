/* Alarm definitions: alarms, or faults with their places. */
#include <stdint.h>

#include "base/log.h"
#include "pipeline/alarm/definition.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct definition_scope scope;
	struct definitions all = {0};
	struct faults faults;
	struct arena arena;
	const struct tree *root;

	arena_init(&arena);
	faults_init(&faults);
	root =
	    tree_parse(&arena, span_make(bytes, len), "fuzz", false, &faults);
	invariant(root != NULL || faults.count > 0);
	if (root != NULL) {
		definitions_read(&all, &arena, root, &scope, &faults);
		definitions_unique(&all, &faults);
	}
	faults_fini(&faults);
	arena_fini(&arena);
	return 0;
}
