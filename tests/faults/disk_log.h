/* The inside of struct disk, shared by disk.c (recording) and disk_cut.c
 * (what is left). */
#ifndef TESTS_FAULTS_DISK_LOG_H
#define TESTS_FAULTS_DISK_LOG_H

#include "disk.h"

enum disk_kind {
	DISK_MAKE,
	DISK_WRITE,
	DISK_TRUNCATE,
	DISK_RENAME,
	DISK_UNLINK,
	DISK_SYNC,
	DISK_NOTE
};

struct disk_op {
	enum disk_kind kind;
	int node; /* of data; of names the folder's */
	int made; /* the node that a make or a rename puts under `name` */
	bool folder;
	char name[DISK_NAME_SIZE], from[DISK_NAME_SIZE];
	size_t at;  /* offset; of a sync, the ops when it began */
	size_t len; /* of bytes; of a truncate, the new length */
	unsigned char *bytes;
};

/* A name in a folder. */
struct disk_link {
	int parent, node;
	char name[DISK_NAME_SIZE];
};

struct disk_tree {
	struct disk_link *links;
	size_t count, room;
};

struct disk {
	char root[256];
	struct disk_op *ops;
	size_t count, room;
	int nodes;
	struct disk_tree tree; /* as the program sees it */
};

/* Memory, or the end. */
void *disk_grow(void *array, size_t *room, size_t count, size_t size);

int disk_tree_find(const struct disk_tree *tree, int parent, const char *name);
/* Does what an op does to names. */
void disk_tree_apply(struct disk_tree *tree, const struct disk_op *op);

#endif
