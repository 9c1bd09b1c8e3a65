/* What hands out credentials, and answers that are errors: files, JSON, XML,
 * command lines and addresses as anybody may have written them. */
#include <stdint.h>
#include <stdlib.h>

#include "aws/provider.h"
#include "aws/verdict.h"
#include "base/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
try_profiles(struct span text)
{
	struct profiles profiles = {0};
	struct credentials found;

	buf_span_put(&profiles.credentials, text);
	buf_span_put(&profiles.config, text);
	for (int config = 0; config < 2; config++)
		if (profiles_keys(
			&profiles, SPAN_OF("default"), config == 1, &found))
			invariant(found.access_key_id.len > 0 &&
			    found.secret_access_key.len > 0);
	invariant(profiles_have(&profiles, SPAN_OF("default")) ||
	    profiles_get(&profiles, SPAN_OF("default"), "region").len == 0);
	profiles_service(&profiles, SPAN_OF("x"), "s3", "endpoint_url");
	profiles_close(&profiles);
}

static void
try_json(struct span text)
{
	struct credentials_held held = {0};
	char fault[128] = "";

	if (credentials_json(&held, text, "Token", false, fault))
		invariant(held.credentials.secret_access_key.len > 0);
	else
		invariant(fault[0] != '\0' && held.bytes == NULL);
	credentials_wipe(&held);
}

static void
try_answer(struct span text)
{
	struct span code = verdict_code(text);

	for (size_t i = 0; i < code.len; i++)
		invariant(code.at[i] > ' ' && code.at[i] <= '~');
	verdict_of(400, code);
	invariant(verdict_message(text).len <= 200);
	verdict_region(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span text = span_make(bytes, len);
	struct arena arena;
	char **words;

	try_profiles(text);
	try_json(text);
	try_answer(text);
	arena_init(&arena);
	words = provider_words(&arena, text);
	invariant(words == NULL || words[0] != NULL);
	provider_uri_allowed(arena_text(&arena, text));
	arena_fini(&arena);
	return 0;
}
