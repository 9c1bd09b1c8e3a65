#include "sinks/redelivery.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "sinks/dead_letter.h"

/* So many are delivered before the file is written anew. */
#define REDELIVERY_BATCH 50

enum redelivery_result {
	REDELIVERY_DELIVERED,
	REDELIVERY_FAILED,
	REDELIVERY_REFUSED,
	REDELIVERY_UNSUPPORTED,
	REDELIVERY_UNREADABLE,
	REDELIVERY_WAITING
};

static const char *const redelivery_words[] = {
    "delivered", "failed", "refused", "unsupported", "unreadable", "waiting"};

/* A line, read. */
struct letter {
	struct arena arena;
	struct span sink, id, kind, to, request;
	struct span position;
};

static struct span
redelivery_text(struct letter *letter, struct json *json)
{
	struct json_text text;

	if (json_kind(json) == JSON_STRING && json_string(json, &text))
		return json_unescape(&letter->arena, text);
	json_skip(json);
	return (struct span){"", 0};
}

/* "topic" is how earlier versions called what is "to" now. */
static void
redelivery_read_item(struct letter *letter, struct json *json)
{
	struct json_text key;

	if (json_kind(json) != JSON_OBJECT) {
		json_skip(json);
		return;
	}
	json_enter(json, '{');
	while (json_member(json, &key)) {
		if (span_is(key.raw, "id"))
			letter->id = redelivery_text(letter, json);
		else if (span_is(key.raw, "kind"))
			letter->kind = redelivery_text(letter, json);
		else if (span_is(key.raw, "to"))
			letter->to = redelivery_text(letter, json);
		else if (span_is(key.raw, "topic")) {
			letter->to = redelivery_text(letter, json);
			letter->kind = SPAN_OF("sns");
		} else if (span_is(key.raw, "request"))
			letter->request = redelivery_text(letter, json);
		else
			json_skip(json);
	}
}

static bool
redelivery_read(struct letter *letter, struct span line)
{
	struct json json;
	struct json_text key;

	json_init(&json, line);
	if (!json_enter(&json, '{'))
		return false;
	while (json_member(&json, &key)) {
		if (span_is(key.raw, "sink"))
			letter->sink = redelivery_text(letter, &json);
		else if (span_is(key.raw, "position"))
			json_number(&json, &letter->position);
		else if (span_is(key.raw, "item"))
			redelivery_read_item(letter, &json);
		else
			json_skip(&json);
	}
	return json.fault == NULL && json_done(&json);
}

static enum redelivery_result
redelivery_send(const struct redelivery *self, const struct letter *letter,
    const struct action_kind *kind, struct err *err)
{
	struct notification *one = notification_make(
	    kind, letter->to, letter->id, (struct span){"", 0});
	struct attempt attempt = {.rc = RC_RETRY};

	buf_span_put(&one->request, letter->request);
	kind->send(
	    self->means, (const struct notification *const *)&one, 1, &attempt);
	notification_free(&one);
	*err = attempt.err;
	return attempt.rc == RC_OK    ? REDELIVERY_DELIVERED
	    : attempt.rc == RC_REJECT ? REDELIVERY_REFUSED
				      : REDELIVERY_FAILED;
}

static enum redelivery_result
redelivery_try(const struct redelivery *self, struct letter *letter,
    struct span line, struct err *err)
{
	const struct action_kind *kind;
	char label[ACTION_LABEL];

	if (!redelivery_read(letter, line)) {
		err_set(err, RC_REJECT, "the line is no dead letter");
		return REDELIVERY_UNREADABLE;
	}
	kind = action_kind_named(letter->kind);
	if (kind == NULL || letter->id.len == 0 || letter->request.len == 0 ||
	    !kind->label(letter->to, label)) {
		err_set(err, RC_REJECT,
		    "what %.*s could not deliver cannot be sent by this "
		    "command",
		    SPAN_ARGS(letter->sink));
		return REDELIVERY_UNSUPPORTED;
	}
	if (self->dry)
		return REDELIVERY_WAITING;
	return redelivery_send(self, letter, kind, err);
}

static void
redelivery_put(struct buf *out, const char *key, struct span text)
{
	if (text.len == 0)
		return;
	buf_printf(out, ",\"%s\":", key);
	buf_json(out, text);
}

static void
redelivery_say(const struct redelivery *self, const char *path,
    const struct letter *letter, enum redelivery_result result,
    const struct err *err)
{
	struct buf line = {0};

	buf_text(&line, "{\"file\":");
	buf_json_text(&line, strrchr(path, '/') + 1);
	if (letter->position.len > 0)
		buf_printf(
		    &line, ",\"position\":%.*s", SPAN_ARGS(letter->position));
	redelivery_put(&line, "sink", letter->sink);
	redelivery_put(&line, "id", letter->id);
	redelivery_put(&line, "to", letter->to);
	redelivery_put(&line, "result", span_text(redelivery_words[result]));
	redelivery_put(&line, "reason", span_text(err->text));
	buf_text(&line, "}\n");
	fwrite(line.bytes, 1, line.len, self->out);
	buf_fini(&line);
}

/* Whole lines; one without its newline is being written, or was cut. */
static size_t
redelivery_lines(struct span all, struct dead_letter **letters)
{
	size_t count = 0, room = 0, at = 0;

	*letters = NULL;
	while (at < all.len) {
		const char *end = memchr(all.at + at, '\n', all.len - at);
		size_t len;

		if (end == NULL)
			break;
		len = (size_t)(end + 1 - (all.at + at));
		if (count == room) {
			room = room == 0 ? 64 : room * 2;
			*letters = realloc(*letters, room * sizeof(**letters));
			if (*letters == NULL)
				log_die("out of memory: dead letters");
		}
		(*letters)[count++] =
		    (struct dead_letter){.at = at, .len = len};
		at += len;
	}
	return count;
}

/* The first letters of the file, from `skip` on, until enough are delivered;
 * how many were looked at. */
static size_t
redelivery_batch(struct redelivery *self, const char *path, struct span all,
    struct dead_letter *letters, size_t count, size_t skip)
{
	size_t delivered = 0, i;

	for (i = skip; i < count && delivered < REDELIVERY_BATCH; i++) {
		struct letter letter = {.sink = SPAN_OF("")};
		struct err err = {""};
		enum redelivery_result result;

		arena_init(&letter.arena);
		result = redelivery_try(self, &letter,
		    span_make(all.at + letters[i].at, letters[i].len - 1),
		    &err);
		redelivery_say(self, path, &letter, result, &err);
		arena_fini(&letter.arena);
		letters[i].gone = result == REDELIVERY_DELIVERED;
		delivered += letters[i].gone;
	}
	self->delivered += delivered;
	return i;
}

/* After each batch the file is read anew: it is another one then. */
static enum rc
redelivery_file(struct redelivery *self, const char *path, struct err *err)
{
	size_t left = 0; /* tried, and still there */
	bool more = true;
	enum rc rc = RC_OK;

	while (rc == RC_OK && more) {
		struct dead_letter *letters;
		struct buf all = {0};
		size_t count, seen, before = self->delivered;

		if (file_read(path, &all, err) != RC_OK) {
			buf_fini(&all);
			return access(path, F_OK) == 0 ? RC_RETRY : RC_OK;
		}
		count = redelivery_lines(buf_span(&all), &letters);
		seen = redelivery_batch(
		    self, path, buf_span(&all), letters, count, left);
		more = seen < count;
		left = seen - (self->delivered - before);
		if (self->delivered > before)
			rc = dead_letter_take_out(path, letters, seen, err);
		free(letters);
		buf_fini(&all);
	}
	self->left += left;
	return rc;
}

static bool
redelivery_is(const char *path)
{
	size_t len = strlen(path);

	return len > 5 && strcmp(path + len - 5, ".dead") == 0;
}

enum rc
redelivery_run(struct redelivery *self, const char *folder, struct err *err)
{
	struct arena arena;
	const char **names;
	int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum rc rc = RC_OK;

	if (lock < 0)
		return err_errno(err, RC_RETRY, "%s", folder);
	if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
		close(lock);
		return err_set(err, RC_RETRY,
		    "%s: another process sends these dead letters", folder);
	}
	arena_init(&arena);
	if (file_list(&arena, folder, &names, err) != RC_OK)
		rc = RC_RETRY;
	for (size_t i = 0; rc == RC_OK && names[i] != NULL; i++)
		if (redelivery_is(names[i]))
			rc = redelivery_file(self, names[i], err);
	arena_fini(&arena);
	close(lock);
	return rc;
}
