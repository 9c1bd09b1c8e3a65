/* Segments: entries or damaged places, always an end, never a crash. The
 * reader wants a file: memfd keeps it off the disk. */
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "journal/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
segment_read_all(const char *path, size_t len)
{
	struct reader *reader;
	struct entry entry;
	struct err err;
	size_t steps = 0;
	enum rc rc;

	if (reader_open(&reader, path, 0, &err) != RC_OK)
		return;
	while ((rc = reader_next(reader, &entry, &err)) == RC_OK ||
	    rc == RC_REJECT)
		invariant(steps++ <= len); /* each step eats a byte at least */
	reader_close(&reader);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	int fd = memfd_create("segment", MFD_CLOEXEC);
	char path[64];

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len) {
		close(fd);
		return 0;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	segment_read_all(path, len);
	close(fd);
	return 0;
}
