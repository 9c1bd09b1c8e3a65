/* disk_cut: what is left of the disk when the power goes. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk_log.h"

/* A file's content after some of its ops. */
struct image {
	unsigned char *bytes;
	size_t len, room;
};

/* How much of what was not synced made it. */
enum luck { LUCK_NONE, LUCK_ALL, LUCK_PREFIX, LUCK_ANY, LUCK_LAST };

static void
image_size(struct image *image, size_t len)
{
	if (len > image->room) {
		image->room = len + len / 2;
		image->bytes = realloc(image->bytes, image->room);
		if (image->bytes == NULL)
			abort();
	}
	if (len > image->len)
		memset(image->bytes + image->len, 0, len - image->len);
	image->len = len;
}

static void
image_apply(struct image *image, const struct disk_op *op)
{
	if (op->kind == DISK_TRUNCATE) {
		image_size(image, op->len);
		return;
	}
	if (op->at + op->len > image->len)
		image_size(image, op->at + op->len);
	memcpy(image->bytes + op->at, op->bytes, op->len);
}

static bool
cut_is_data(const struct disk_op *op, int node)
{
	return op->node == node &&
	    (op->kind == DISK_WRITE || op->kind == DISK_TRUNCATE);
}

/* The ops before this one are durable: of data, or of names. */
static size_t
cut_durable(const struct disk *disk, size_t at, int node)
{
	size_t durable = 0;

	for (size_t i = 0; i < at; i++)
		if (disk->ops[i].kind == DISK_SYNC &&
		    disk->ops[i].node == node && disk->ops[i].at > durable)
			durable = disk->ops[i].at;
	return durable;
}

/* A block that was given out again without being cleared: what a write to
 * another file had put there, or nothing anyone wrote. */
static void
cut_stale(const struct disk *disk, size_t at, int node, struct rng *rng,
    unsigned char *to, size_t len)
{
	const struct disk_op *donor = &disk->ops[rng_below(rng, at)];

	if (donor->kind == DISK_WRITE && donor->node != node) {
		size_t from = rng_below(rng, donor->len);
		size_t take = donor->len - from;

		memcpy(to, donor->bytes + from, take < len ? take : len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		to[i] = (unsigned char)rng_next(rng);
}

/* After how many of `count` ops a sector is the way it stays. */
static size_t
cut_reach(struct rng *rng, enum luck luck, size_t count, size_t prefix)
{
	if (luck == LUCK_NONE)
		return 0;
	if (luck == LUCK_PREFIX)
		return prefix;
	if (luck == LUCK_ANY)
		return rng_below(rng, count + 1);
	if (luck == LUCK_LAST)
		return rng_one_in(rng, 8) ? count - 1 : count;
	return count;
}

/* What not every write reached: its sectors as of different moments. */
struct torn {
	struct image out;
	size_t *reach; /* of each sector, an index into the pending ops */
	bool *grown;   /* beyond the durable length */
	size_t sectors;
};

static void
cut_copy(struct torn *torn, const struct image *now, size_t step)
{
	for (size_t i = 0; i < torn->sectors; i++) {
		size_t from = i * DISK_SECTOR, len = DISK_SECTOR;

		if (torn->reach[i] != step)
			continue;
		if (from + len > torn->out.len)
			len = torn->out.len - from;
		memset(torn->out.bytes + from, 0, len);
		torn->grown[i] = from >= now->len;
		if (from >= now->len)
			continue;
		if (from + len > now->len)
			len = now->len - from;
		memcpy(torn->out.bytes + from, now->bytes + from, len);
	}
}

/* The lengths that the file had, one of them chosen. */
static size_t
cut_length(const struct disk *disk, const size_t *pending, size_t count,
    const struct image *base, size_t reach)
{
	size_t len = base->len;

	for (size_t i = 0; i < reach && i < count; i++) {
		const struct disk_op *op = &disk->ops[pending[i]];

		if (op->kind == DISK_TRUNCATE)
			len = op->len;
		else if (op->at + op->len > len)
			len = op->at + op->len;
	}
	return len;
}

static void
cut_tear(const struct disk *disk, size_t at, int node, const size_t *pending,
    size_t count, struct image *image, struct rng *rng)
{
	enum luck luck = (enum luck)rng_below(rng, LUCK_LAST + 1);
	size_t prefix = rng_below(rng, count + 1);
	bool stale = rng_one_in(rng, 4);
	struct torn torn = {0};

	image_size(&torn.out,
	    cut_length(disk, pending, count, image,
		rng_one_in(rng, 2) ? count
				   : cut_reach(rng, luck, count, prefix)));
	torn.sectors = (torn.out.len + DISK_SECTOR - 1) / DISK_SECTOR;
	torn.reach = calloc(torn.sectors + 1, sizeof(*torn.reach));
	torn.grown = calloc(torn.sectors + 1, sizeof(*torn.grown));
	if (torn.reach == NULL || torn.grown == NULL)
		abort();
	for (size_t i = 0; i < torn.sectors; i++)
		torn.reach[i] = cut_reach(rng, luck, count, prefix);
	for (size_t step = 0; step <= count; step++) {
		cut_copy(&torn, image, step);
		if (step < count)
			image_apply(image, &disk->ops[pending[step]]);
	}
	for (size_t i = 0; i < torn.sectors && stale; i++) {
		size_t from = i * DISK_SECTOR, len = torn.out.len - from;

		if (torn.grown[i])
			cut_stale(disk, at, node, rng, torn.out.bytes + from,
			    len < DISK_SECTOR ? len : DISK_SECTOR);
	}
	free(image->bytes);
	*image = torn.out;
	free(torn.reach);
	free(torn.grown);
}

/* The content of a file; rng NULL: all that was done. */
static struct image
cut_file(const struct disk *disk, size_t at, int node, struct rng *rng)
{
	size_t durable = rng == NULL ? at : cut_durable(disk, at, node);
	size_t *pending = NULL, count = 0, room = 0;
	struct image image = {0};

	image_size(&image, 0);
	for (size_t i = 0; i < at; i++) {
		if (!cut_is_data(&disk->ops[i], node))
			continue;
		if (i < durable) {
			image_apply(&image, &disk->ops[i]);
			continue;
		}
		pending = disk_grow(pending, &room, count, sizeof(*pending));
		pending[count++] = i;
	}
	if (count > 0)
		cut_tear(disk, at, node, pending, count, &image, rng);
	free(pending);
	return image;
}

/* The names of a folder. */
static void
cut_names(const struct disk *disk, size_t at, int node, struct rng *rng,
    struct disk_tree *tree)
{
	size_t durable = rng == NULL ? at : cut_durable(disk, at, node);
	enum luck luck = LUCK_ALL;

	if (rng != NULL)
		luck = (enum luck)rng_below(rng, LUCK_LAST + 1);
	for (size_t i = 0; i < at; i++) {
		const struct disk_op *op = &disk->ops[i];
		bool names = op->kind == DISK_MAKE || op->kind == DISK_RENAME ||
		    op->kind == DISK_UNLINK;

		if (!names || op->node != node)
			continue;
		if (i < durable || luck == LUCK_ALL ||
		    (luck != LUCK_NONE && rng_one_in(rng, 2)))
			disk_tree_apply(tree, op);
	}
}

static void
cut_put(const char *path, const struct image *image)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	size_t put = 0;

	if (fd < 0)
		abort();
	while (put < image->len) {
		ssize_t some = write(fd, image->bytes + put, image->len - put);

		if (some <= 0)
			abort();
		put += (size_t)some;
	}
	close(fd);
}

static bool
cut_is_folder(const struct disk *disk, int node)
{
	for (size_t i = 0; i < disk->count; i++)
		if (disk->ops[i].kind == DISK_MAKE && disk->ops[i].made == node)
			return disk->ops[i].folder;
	return false;
}

static void
cut_folder(const struct disk *disk, size_t at, int node, struct rng *rng,
    const char *path)
{
	struct disk_tree tree = {0};
	char below[1024];

	if (mkdir(path, 0750) != 0)
		abort();
	cut_names(disk, at, node, rng, &tree);
	for (size_t i = 0; i < tree.count; i++) {
		const struct disk_link *link = &tree.links[i];

		snprintf(below, sizeof(below), "%s/%s", path, link->name);
		if (cut_is_folder(disk, link->node)) {
			cut_folder(disk, at, link->node, rng, below);
		} else {
			struct image image =
			    cut_file(disk, at, link->node, rng);

			cut_put(below, &image);
			free(image.bytes);
		}
	}
	free(tree.links);
}

void
disk_cut(const struct disk *disk, size_t at, struct rng *rng, const char *out)
{
	cut_folder(disk, at, DISK_ROOT, rng, out);
}
