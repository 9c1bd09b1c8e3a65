#include "disk_log.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void *
disk_grow(void *array, size_t *room, size_t count, size_t size)
{
	if (count < *room)
		return array;
	*room = *room == 0 ? 64 : *room * 2;
	array = realloc(array, *room * size);
	if (array == NULL)
		abort();
	return array;
}

int
disk_tree_find(const struct disk_tree *tree, int parent, const char *name)
{
	for (size_t i = 0; i < tree->count; i++)
		if (tree->links[i].parent == parent &&
		    strcmp(tree->links[i].name, name) == 0)
			return tree->links[i].node;
	return DISK_NONE;
}

static void
disk_tree_drop(struct disk_tree *tree, int parent, const char *name)
{
	for (size_t i = 0; i < tree->count; i++)
		if (tree->links[i].parent == parent &&
		    strcmp(tree->links[i].name, name) == 0) {
			tree->links[i] = tree->links[--tree->count];
			return;
		}
}

static void
disk_tree_put(struct disk_tree *tree, int parent, const char *name, int node)
{
	struct disk_link *link;

	disk_tree_drop(tree, parent, name);
	tree->links = disk_grow(
	    tree->links, &tree->room, tree->count, sizeof(*tree->links));
	link = &tree->links[tree->count++];
	*link = (struct disk_link){.parent = parent, .node = node};
	snprintf(link->name, sizeof(link->name), "%s", name);
}

void
disk_tree_apply(struct disk_tree *tree, const struct disk_op *op)
{
	if (op->kind == DISK_RENAME)
		disk_tree_drop(tree, op->node, op->from);
	if (op->kind == DISK_MAKE || op->kind == DISK_RENAME)
		disk_tree_put(tree, op->node, op->name, op->made);
	if (op->kind == DISK_UNLINK)
		disk_tree_drop(tree, op->node, op->name);
}

static void
disk_add(struct disk *disk, const struct disk_op *op)
{
	disk->ops =
	    disk_grow(disk->ops, &disk->room, disk->count, sizeof(*disk->ops));
	disk->ops[disk->count++] = *op;
	disk_tree_apply(&disk->tree, op);
}

static void
disk_name(char out[DISK_NAME_SIZE], const char *name)
{
	if ((size_t)snprintf(out, DISK_NAME_SIZE, "%s", name) >= DISK_NAME_SIZE)
		abort();
}

int
disk_make(struct disk *disk, int parent, const char *name, bool folder)
{
	struct disk_op op = {.kind = DISK_MAKE,
	    .node = parent,
	    .made = disk->nodes++,
	    .folder = folder};

	disk_name(op.name, name);
	disk_add(disk, &op);
	return op.made;
}

void
disk_write(
    struct disk *disk, int node, size_t at, const void *bytes, size_t len)
{
	struct disk_op op = {
	    .kind = DISK_WRITE, .node = node, .at = at, .len = len};

	if (len == 0)
		return;
	op.bytes = malloc(len);
	if (op.bytes == NULL)
		abort();
	memcpy(op.bytes, bytes, len);
	disk_add(disk, &op);
}

void
disk_truncate(struct disk *disk, int node, size_t len)
{
	disk_add(disk,
	    &(struct disk_op){.kind = DISK_TRUNCATE, .node = node, .len = len});
}

void
disk_rename(struct disk *disk, int parent, const char *from, const char *to)
{
	struct disk_op op = {.kind = DISK_RENAME,
	    .node = parent,
	    .made = disk_tree_find(&disk->tree, parent, from)};

	disk_name(op.from, from);
	disk_name(op.name, to);
	disk_add(disk, &op);
}

void
disk_unlink(struct disk *disk, int parent, const char *name)
{
	struct disk_op op = {.kind = DISK_UNLINK, .node = parent};

	disk_name(op.name, name);
	disk_add(disk, &op);
}

void
disk_sync(struct disk *disk, int node, size_t begun)
{
	disk_add(disk,
	    &(struct disk_op){.kind = DISK_SYNC, .node = node, .at = begun});
}

size_t
disk_note(struct disk *disk)
{
	disk_add(disk, &(struct disk_op){.kind = DISK_NOTE});
	return disk->count - 1;
}

int
disk_find(const struct disk *disk, int folder, const char *path, int *parent,
    const char **name)
{
	char part[DISK_NAME_SIZE];

	for (;;) {
		const char *slash = strchr(path, '/');
		size_t len =
		    slash == NULL ? strlen(path) : (size_t)(slash - path);

		if (len >= sizeof(part))
			abort();
		memcpy(part, path, len);
		part[len] = '\0';
		*parent = folder;
		*name = path;
		if (len > 0)
			folder = disk_tree_find(&disk->tree, folder, part);
		if (slash == NULL || folder == DISK_NONE)
			return folder;
		path = slash + 1;
	}
}

/* ---- the folder as it is --------------------------------------------------
 */

static void
disk_take_file(struct disk *disk, int node, const char *path)
{
	FILE *file = fopen(path, "rb");
	char bytes[65536];
	size_t got, at = 0;

	if (file == NULL)
		abort();
	while ((got = fread(bytes, 1, sizeof(bytes), file)) > 0) {
		disk_write(disk, node, at, bytes, got);
		at += got;
	}
	fclose(file);
	disk_sync(disk, node, disk->count);
}

static int
disk_order(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void
disk_take(struct disk *disk, int node, const char *path)
{
	struct dirent **items;
	int count = scandir(path, &items, NULL, disk_order);
	char below[1024];

	for (int i = 0; i < count; i++) {
		const char *name = items[i]->d_name;
		struct stat st;

		snprintf(below, sizeof(below), "%s/%s", path, name);
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
		    stat(below, &st) == 0) {
			bool folder = S_ISDIR(st.st_mode);
			int made = disk_make(disk, node, name, folder);

			if (folder)
				disk_take(disk, made, below);
			else
				disk_take_file(disk, made, below);
		}
		free(items[i]);
	}
	if (count >= 0)
		free(items);
	disk_sync(disk, node, disk->count);
}

static struct disk *
disk_empty(const char *root)
{
	struct disk *disk = calloc(1, sizeof(*disk));

	if (disk == NULL)
		abort();
	snprintf(disk->root, sizeof(disk->root), "%s", root);
	disk->nodes = 1;
	return disk;
}

struct disk *
disk_create(const char *root)
{
	struct disk *disk = disk_empty(root);

	mkdir(root, 0750);
	disk_take(disk, DISK_ROOT, root);
	return disk;
}

/* The ops are there again, with bytes of their own. */
struct disk *
disk_killed(const struct disk *disk, size_t at, const char *root)
{
	struct disk *again = disk_empty(root);

	for (size_t i = 0; i < at; i++) {
		struct disk_op op = disk->ops[i];

		if (op.bytes != NULL) {
			op.bytes = malloc(op.len);
			if (op.bytes == NULL)
				abort();
			memcpy(op.bytes, disk->ops[i].bytes, op.len);
		}
		disk_add(again, &op);
	}
	again->nodes = disk->nodes;
	disk_cut(again, at, NULL, root);
	return again;
}

void
disk_free(struct disk **disk)
{
	struct disk *self = *disk;

	if (self == NULL)
		return;
	for (size_t i = 0; i < self->count; i++)
		free(self->ops[i].bytes);
	free(self->ops);
	free(self->tree.links);
	free(self);
	*disk = NULL;
}

const char *
disk_root(const struct disk *disk)
{
	return disk->root;
}

size_t
disk_within_sync(const struct disk *disk, size_t at)
{
	while (at < disk->count && disk->ops[at].kind != DISK_SYNC)
		at++;
	return at;
}

size_t
disk_ops(const struct disk *disk)
{
	return disk->count;
}

static uint64_t
disk_mix(uint64_t sum, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ at[i]) * 0x100000001b3u;
	return sum;
}

uint64_t
disk_digest(const struct disk *disk)
{
	uint64_t sum = 0xcbf29ce484222325u;

	for (size_t i = 0; i < disk->count; i++) {
		const struct disk_op *op = &disk->ops[i];

		sum = disk_mix(sum, &op->kind, sizeof(op->kind));
		sum = disk_mix(sum, &op->node, sizeof(op->node));
		sum = disk_mix(sum, op->name, strlen(op->name));
		sum = disk_mix(sum, &op->at, sizeof(op->at));
		sum = disk_mix(sum, &op->len, sizeof(op->len));
		if (op->bytes != NULL)
			sum = disk_mix(sum, op->bytes, op->len);
	}
	return sum;
}

static int
disk_remove_one(
    const char *path, const struct stat *st, int flag, struct FTW *where)
{
	(void)st;
	(void)flag;
	(void)where;
	return remove(path);
}

void
disk_remove(const char *path)
{
	nftw(path, disk_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
