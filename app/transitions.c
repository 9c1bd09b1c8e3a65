#include "app/transitions.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"

struct transitions {
	pthread_mutex_t lock;
	struct span at[LIMIT_TRANSITIONS_SHOWN]; /* a ring */
	size_t next, count;
};

struct transitions *
transitions_create(void)
{
	struct transitions *made = calloc(1, sizeof(*made));

	if (made == NULL)
		log_die("out of memory: transitions");
	pthread_mutex_init(&made->lock, NULL);
	return made;
}

void
transitions_free(struct transitions **transitions)
{
	struct transitions *old = *transitions;

	if (old == NULL)
		return;
	for (size_t i = 0; i < LIMIT_TRANSITIONS_SHOWN; i++)
		free((char *)old->at[i].at);
	pthread_mutex_destroy(&old->lock);
	free(old);
	*transitions = NULL;
}

void
transitions_push(struct transitions *transitions, struct span json)
{
	char *copy;

	if (json.len > 0 && json.at[json.len - 1] == '\n')
		json.len--;
	copy = malloc(json.len + 1);
	if (copy == NULL)
		log_die("out of memory: transition");
	memcpy(copy, json.at, json.len);
	pthread_mutex_lock(&transitions->lock);
	free((char *)transitions->at[transitions->next].at);
	transitions->at[transitions->next] = span_make(copy, json.len);
	transitions->next = (transitions->next + 1) % LIMIT_TRANSITIONS_SHOWN;
	if (transitions->count < LIMIT_TRANSITIONS_SHOWN)
		transitions->count++;
	pthread_mutex_unlock(&transitions->lock);
}

void
transitions_save(const struct transitions *transitions, struct buf *out)
{
	size_t room = LIMIT_TRANSITIONS_SHOWN;
	size_t first = transitions->next + room - transitions->count;

	for (size_t i = 0; i < transitions->count; i++) {
		buf_span_put(out, transitions->at[(first + i) % room]);
		buf_byte(out, '\n');
	}
}

void
transitions_load(struct transitions *transitions, struct span bytes)
{
	const char *at = bytes.at, *end = bytes.at + bytes.len;

	pthread_mutex_lock(&transitions->lock);
	transitions->next = transitions->count = 0;
	pthread_mutex_unlock(&transitions->lock);
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline == NULL ? end : newline;

		transitions_push(
		    transitions, span_make(at, (size_t)(stop - at)));
		at = stop + 1;
	}
}

void
transitions_print(struct transitions *transitions, struct buf *out)
{
	size_t room = LIMIT_TRANSITIONS_SHOWN;

	buf_byte(out, '[');
	pthread_mutex_lock(&transitions->lock);
	for (size_t i = 0; i < transitions->count; i++) {
		size_t first = transitions->next + room - transitions->count;

		buf_text(out, i == 0 ? "\n" : ",\n");
		buf_span_put(out, transitions->at[(first + i) % room]);
	}
	pthread_mutex_unlock(&transitions->lock);
	buf_text(out, "\n]\n");
}
