/* Runs a fuzz target over the files of a folder, without libFuzzer: so the
 * seeds, and inputs that were once found, are a plain test. */
#include <stdint.h>
#include <stdio.h>

#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
main(int argc, char **argv)
{
	const char **names;
	struct arena arena;
	struct err err;
	size_t ran = 0;

	arena_init(&arena);
	if (argc != 2 || file_list(&arena, argv[1], &names, &err) != RC_OK) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	for (; names[ran] != NULL; ran++) {
		struct buf text = {0};

		if (file_read(names[ran], &text, &err) != RC_OK) {
			fprintf(stderr, "%s\n", err.text);
			return 1;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)text.bytes, text.len);
		buf_fini(&text);
	}
	arena_fini(&arena);
	return ran > 0 ? 0 : 1;
}
