/* Base64: every path as the portable one, and what is accepted is what an
 * encoder would have made of the bytes. */
#include <stdint.h>
#include <stdlib.h>

#include "base/log.h"
#include "ingest/base64_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Room that base64_decode() asks for, and no more, so that ASan sees. */
struct decoded_text {
	char *bytes;
	size_t len, bad;
	bool good;
};

static struct decoded_text
decoded_by(const struct base64_path *path, struct span text)
{
	struct decoded_text out = {
	    .bytes = malloc(text.len / 4 * 3 + 3), .bad = SIZE_MAX};

	out.good = base64_decode_by(path, out.bytes, &out.len, text, &out.bad);
	return out;
}

static void
encoded_again(struct span text, const struct decoded_text *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	invariant(text.len == (out->len + 2) / 3 * 4);
	for (size_t i = 0; i < text.len; i++) {
		unsigned value = 0;

		for (size_t bit = i * 6; bit < i * 6 + 6; bit++)
			value = value << 1 |
			    (bit / 8 < out->len
				    ? (unsigned char)out->bytes[bit / 8] >>
					    (7 - bit % 8) &
					1u
				    : 0u);
		invariant(
		    text.at[i] == (i * 6 < out->len * 8 ? digits[value] : '='));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct base64_path *const *last = base64_paths;
	struct span text = span_make(bytes, len);
	struct decoded_text out;

	while (last[1] != NULL)
		last++;
	out = decoded_by(*last, text);
	if (out.good)
		encoded_again(text, &out);
	else
		invariant(out.bad <= len && out.len <= len / 4 * 3);
	for (const struct base64_path *const *path = base64_paths; path != last;
	     path++) {
		struct decoded_text same;

		if (!(*path)->usable())
			continue;
		same = decoded_by(*path, text);
		invariant(same.good == out.good && same.len == out.len &&
		    same.bad == out.bad &&
		    memcmp(same.bytes, out.bytes, out.len) == 0);
		free(same.bytes);
	}
	free(out.bytes);
	return 0;
}
