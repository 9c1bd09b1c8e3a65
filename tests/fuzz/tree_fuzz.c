/* What people write, JSON or YAML: a tree that prints as JSON, or faults. */
#include <stdint.h>

#include "base/json.h"
#include "base/log.h"
#include "base/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct faults faults;
	struct arena arena;
	struct buf out = {0};
	struct tree *root;

	arena_init(&arena);
	faults_init(&faults);
	root = tree_parse(&arena, span_make(bytes, len), "fuzz", true, &faults);
	invariant(root != NULL || faults.count > 0);
	if (root != NULL) {
		struct json json;

		tree_print(root, &out);
		json_init(&json, buf_span(&out));
		invariant(json_skip(&json) && json_done(&json));
	}
	buf_fini(&out);
	faults_fini(&faults);
	arena_fini(&arena);
	return 0;
}
