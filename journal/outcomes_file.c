#include "journal/outcomes_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/limits.h"
#include "base/word.h"

#define OUTCOMES_READ (64 * KIB)

enum {
	AT_LEN = 0,
	AT_CRC = 4,
	AT_SEQ = 8,
	AT_MS = 16,
	AT_KIND = 24,
	AT_ZERO = 26
};

void
outcomes_put(struct buf *out, const struct outcomes_line *line)
{
	char head[OUTCOMES_HEAD] = {0};
	uint32_t crc;

	word_set(head + AT_LEN, line->text.len, 4);
	word_set(head + AT_SEQ, line->seq, 8);
	word_set(head + AT_MS, (uint64_t)line->arrival_ms, 8);
	word_set(head + AT_KIND, line->kind, 2);
	crc = crc32c(0, head + AT_SEQ, OUTCOMES_HEAD - AT_SEQ);
	crc = crc32c(crc, line->text.at, line->text.len);
	word_set(head + AT_CRC, crc, 4);
	buf_put(out, head, sizeof(head));
	buf_span_put(out, line->text);
}

static struct span
outcomes_have(const struct outcomes_window *window)
{
	return span_make(window->ahead.bytes + window->used,
	    window->ahead.len - window->used);
}

/* As much as there is of `want` bytes at window->at; false: errno. */
static bool
outcomes_fill(struct outcomes_window *window, size_t want)
{
	struct buf *ahead = &window->ahead;
	size_t have = ahead->len - window->used;

	if (have >= want)
		return true;
	if (window->used > 0)
		memmove(ahead->bytes, ahead->bytes + window->used, have);
	ahead->len = have;
	window->used = 0;
	want = want - have + OUTCOMES_READ;
	if (buf_reserve(ahead, want) == NULL) {
		errno = ENOMEM;
		return false;
	}
	for (;;) {
		ssize_t got = pread(window->fd, ahead->bytes + ahead->len, want,
		    (off_t)(window->at + ahead->len));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0;
		ahead->len += (size_t)got;
		want -= (size_t)got;
		if (want <= OUTCOMES_READ)
			return true;
	}
}

/* The bytes that a head says its line has; 0: that is no head. */
static size_t
outcomes_length(const char *head)
{
	size_t text = (size_t)word_get(head + AT_LEN, 4);

	if (text == 0 || text > (size_t)LIMIT_OUTCOMES_WAITING ||
	    word_get(head + AT_ZERO, 6) != 0)
		return 0;
	return text;
}

enum outcomes_found
outcomes_look(struct outcomes_window *window, struct outcomes_line *line)
{
	struct span have;
	size_t text, len;

	if (!outcomes_fill(window, OUTCOMES_HEAD))
		return OUTCOMES_FAILED;
	have = outcomes_have(window);
	if (have.len < OUTCOMES_HEAD)
		return have.len == 0 ? OUTCOMES_END : OUTCOMES_CUT;
	text = outcomes_length(have.at);
	if (text == 0)
		return OUTCOMES_BAD;
	len = OUTCOMES_HEAD + text;
	if (!outcomes_fill(window, len + OUTCOMES_HEAD))
		return OUTCOMES_FAILED;
	have = outcomes_have(window);
	if (have.len < len)
		return OUTCOMES_CUT;
	if (crc32c(0, have.at + AT_SEQ, len - AT_SEQ) !=
	    (uint32_t)word_get(have.at + AT_CRC, 4))
		return OUTCOMES_BAD;
	*line = (struct outcomes_line){.seq = word_get(have.at + AT_SEQ, 8),
	    .arrival_ms = (int64_t)word_get(have.at + AT_MS, 8),
	    .kind = (enum outcomes_kind)word_get(have.at + AT_KIND, 2),
	    .last = have.len < len + OUTCOMES_HEAD ||
		word_get(have.at + len + AT_SEQ, 8) !=
		    word_get(have.at + AT_SEQ, 8),
	    .text = span_make(have.at + OUTCOMES_HEAD, text)};
	return OUTCOMES_WHOLE;
}

void
outcomes_step(struct outcomes_window *window, const struct outcomes_line *line)
{
	size_t len = OUTCOMES_HEAD + line->text.len;

	window->used += len;
	window->at += len;
}

void
outcomes_path(
    char out[FOLDER_PATH_SIZE], const char *folder, uint64_t first_seq)
{
	snprintf(out, FOLDER_PATH_SIZE, "%s/%020" PRIu64 OUTCOMES_SUFFIX,
	    folder, first_seq);
}
