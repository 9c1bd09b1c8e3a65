#include "base/table.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/log.h"

static uint64_t table_seed_value;

static void
table_seed_make(void)
{
	if (getrandom(&table_seed_value, sizeof(table_seed_value), 0) < 0)
		table_seed_value = 1;
}

/* Made once: two threads must never hash one table with two seeds. */
static uint64_t
table_seed(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, table_seed_make);
	return table_seed_value;
}

uint64_t
hash_stable(struct span bytes)
{
	return XXH3_64bits(bytes.at, bytes.len);
}

uint64_t
hash_seed(void)
{
	return table_seed();
}

uint64_t
hash_keyed(struct span bytes, uint64_t under)
{
	return XXH3_64bits_withSeed(bytes.at, bytes.len, table_seed() ^ under);
}

static uint64_t
table_hash(struct span key)
{
	return XXH3_64bits_withSeed(key.at, key.len, table_seed());
}

void
table_fini(struct table *table)
{
	free(table->slots);
	*table = (struct table){0};
}

/* The slot that holds the key, or the free one where it would go. */
static struct table_slot *
table_find(const struct table *table, struct span key, uint64_t hash)
{
	size_t mask = table->room - 1, i = hash & mask;

	while (table->slots[i].value != NULL &&
	    (table->slots[i].hash != hash ||
		!span_equal(table->slots[i].key, key)))
		i = (i + 1) & mask;
	return &table->slots[i];
}

static void
table_grow(struct table *table)
{
	struct table old = *table;

	table->room = old.room == 0 ? 64 : old.room * 2;
	table->slots = calloc(table->room, sizeof(*table->slots));
	if (table->slots == NULL)
		log_die("out of memory: table of %zu slots", table->room);
	for (size_t i = 0; i < old.room; i++)
		if (old.slots[i].value != NULL)
			*table_find(table, old.slots[i].key,
			    old.slots[i].hash) = old.slots[i];
	free(old.slots);
}

void *
table_get(const struct table *table, struct span key)
{
	if (table->count == 0)
		return NULL;
	return table_find(table, key, table_hash(key))->value;
}

void *
table_put(struct table *table, struct span key, void *value)
{
	uint64_t hash = table_hash(key);
	struct table_slot *slot;
	void *before;

	invariant(value != NULL);
	if (table->count * 4 >= table->room * 3)
		table_grow(table);
	slot = table_find(table, key, hash);
	before = slot->value;
	table->count += before == NULL;
	*slot = (struct table_slot){key, hash, value};
	return before;
}

void *
table_remove(struct table *table, struct span key)
{
	struct table_slot *slot;
	size_t mask = table->room - 1, hole, i;
	void *before;

	if (table->count == 0)
		return NULL;
	slot = table_find(table, key, table_hash(key));
	before = slot->value;
	if (before == NULL)
		return NULL;
	/* Close the gap: move back whoever probed past it. */
	hole = (size_t)(slot - table->slots);
	for (i = (hole + 1) & mask; table->slots[i].value != NULL;
	     i = (i + 1) & mask)
		if (((i - (table->slots[i].hash & mask)) & mask) >=
		    ((i - hole) & mask)) {
			table->slots[hole] = table->slots[i];
			hole = i;
		}
	table->slots[hole] = (struct table_slot){0};
	table->count--;
	return before;
}
