#include "journal/requests.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "journal/replica_id.h"

#define REQUEST_KEY_SIZE (2 + LIMIT_NAME + LIMIT_REQUEST_ID)

void
requests_init(struct requests *requests)
{
	*requests = (struct requests){
	    .limit = LIMIT_REQUEST_IDS, .limit_ms = LIMIT_REQUEST_ID_MS};
}

void
requests_fini(struct requests *requests)
{
	for (size_t i = 0; i < requests->table.room; i++)
		free(requests->table.slots[i].value);
	table_fini(&requests->table);
	*requests = (struct requests){0};
}

/* The source's length stands first: no two pairs make one key. What another
 * tocsin named is the same by whatever source it comes. */
static struct span
requests_key(char out[REQUEST_KEY_SIZE], struct span source, struct span id)
{
	if (replica_id_is(id))
		source.len = 0;
	invariant(source.len <= LIMIT_NAME && id.len <= LIMIT_REQUEST_ID);
	out[0] = (char)(source.len & 0xff);
	out[1] = (char)(source.len >> 8);
	if (source.len > 0)
		memcpy(out + 2, source.at, source.len);
	if (id.len > 0)
		memcpy(out + 2 + source.len, id.at, id.len);
	return span_make(out, 2 + source.len + id.len);
}

struct span
request_source(const struct request *request)
{
	const unsigned char *len = (const unsigned char *)request->key;

	return span_make(request->key + 2, (size_t)(len[0] | len[1] << 8));
}

struct span
request_id(const struct request *request)
{
	struct span source = request_source(request);

	return span_make(
	    source.at + source.len, request->key_len - 2 - source.len);
}

struct request *
requests_find(
    const struct requests *requests, struct span source, struct span request_id)
{
	char key[REQUEST_KEY_SIZE];

	return table_get(
	    &requests->table, requests_key(key, source, request_id));
}

struct request *
requests_begin(struct requests *requests, struct span source,
    struct span request_id, void *pending)
{
	char bytes[REQUEST_KEY_SIZE];
	struct span key = requests_key(bytes, source, request_id);
	struct request *request = malloc(sizeof(*request) + key.len);

	if (request == NULL)
		log_die("out of memory: request id");
	*request = (struct request){.pending = pending, .key_len = key.len};
	memcpy(request->key, key.at, key.len);
	invariant(table_put(&requests->table, span_make(request->key, key.len),
		      request) == NULL);
	return request;
}

void
requests_drop(struct requests *requests, struct request *request)
{
	table_remove(
	    &requests->table, span_make(request->key, request->key_len));
	free(request);
}

static void
requests_forget(struct requests *requests, int64_t now_ms)
{
	struct request *oldest;

	while ((oldest = requests->oldest) != NULL &&
	    (requests->durable > requests->limit ||
		now_ms - oldest->arrival_ms > requests->limit_ms)) {
		requests->oldest = oldest->newer;
		if (requests->oldest == NULL)
			requests->newest = NULL;
		requests->durable--;
		requests_drop(requests, oldest);
	}
}

void
requests_settle(struct requests *requests, struct request *request,
    uint64_t seq, int64_t arrival_ms)
{
	invariant(request->seq == 0 && seq > 0);
	request->seq = seq;
	request->arrival_ms = arrival_ms;
	request->pending = NULL;
	if (requests->newest == NULL)
		requests->oldest = request;
	else
		requests->newest->newer = request;
	requests->newest = request;
	requests->durable++;
	requests_forget(requests, arrival_ms);
}
