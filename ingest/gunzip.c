#include "ingest/gunzip.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "ingest/inflate.h"
#include "ingest/spool.h"

/* Above this a member is inflated into a file. */
#define GUNZIP_MEMORY (256 * MIB)
#define GUNZIP_LEAST (1 * MIB)

struct gunzip {
	char *in; /* the map of the file */
	size_t in_len;
	struct span rest; /* what is not inflated yet */
	char *out;	  /* the map that members are inflated into */
	size_t room;
};

static void
gunzip_unmap(struct gunzip *gunzip)
{
	if (gunzip->out != NULL)
		munmap(gunzip->out, gunzip->room);
	gunzip->out = NULL;
}

/* Maps room for a member. What is in a map already is not kept. */
static enum rc
gunzip_map(struct gunzip *gunzip, size_t room, struct err *err)
{
	struct spool spool = {.fd = -1};
	enum rc rc = RC_OK;

	gunzip_unmap(gunzip);
	gunzip->room = room;
	if ((long long)room > GUNZIP_MEMORY) {
		rc = spool_open(&spool, err);
		if (rc == RC_OK && ftruncate(spool.fd, (off_t)room) != 0)
			rc = err_errno(
			    err, RC_FATAL, "temporary file of %zu bytes", room);
	}
	if (rc == RC_OK) {
		void *map = mmap(NULL, room, PROT_READ | PROT_WRITE,
		    spool.fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
				 : MAP_SHARED,
		    spool.fd, 0);

		if (map == MAP_FAILED)
			rc =
			    err_errno(err, RC_FATAL, "room of %zu bytes", room);
		else
			gunzip->out = map;
	}
	spool_close(&spool);
	return rc;
}

enum rc
gunzip_open(struct gunzip **gunzip, int fd, struct err *err)
{
	struct gunzip *made = calloc(1, sizeof(*made));
	struct stat st;
	void *map;

	if (made == NULL)
		log_die("out of memory: gzip file");
	*gunzip = made;
	if (fstat(fd, &st) != 0)
		return err_errno(err, RC_FATAL, "stat");
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return err_errno(err, RC_FATAL, "map");
	made->in = map;
	made->in_len = (size_t)st.st_size;
	made->rest = span_make(made->in, made->in_len);
	/* Right for a file of one member, which most are. */
	made->room = inflate_hint(made->rest);
	if ((long long)made->room < GUNZIP_LEAST)
		made->room = GUNZIP_LEAST;
	return RC_OK;
}

enum rc
gunzip_next(struct gunzip *gunzip, struct span *bytes, struct err *err)
{
	struct span in = gunzip->rest;
	size_t used = 0, len = 0, most;
	enum rc rc = gunzip->out == NULL && in.len > 0
	    ? gunzip_map(gunzip, gunzip->room, err)
	    : RC_OK;

	if (in.len == 0)
		return RC_AGAIN;
	gunzip->rest.len = 0;
	most = in.len * LIMIT_INFLATE_RATIO + GUNZIP_LEAST;
	while (rc == RC_OK) {
		enum inflate verdict =
		    inflate_member(in, gunzip->out, gunzip->room, &used, &len);

		if (verdict == INFLATE_DONE)
			break;
		if (verdict != INFLATE_TOO_LARGE || gunzip->room > most)
			return err_set(err, RC_REJECT,
			    "gzip is damaged in the member at byte %zu",
			    (size_t)(in.at - gunzip->in));
		rc = gunzip_map(gunzip, gunzip->room * 2, err);
	}
	if (rc != RC_OK)
		return rc;
	gunzip->rest = span_make(in.at + used, in.len - used);
	*bytes = span_make(gunzip->out, len);
	return RC_OK;
}

void
gunzip_close(struct gunzip **gunzip)
{
	if (*gunzip == NULL)
		return;
	gunzip_unmap(*gunzip);
	if ((*gunzip)->in != NULL)
		munmap((*gunzip)->in, (*gunzip)->in_len);
	free(*gunzip);
	*gunzip = NULL;
}
