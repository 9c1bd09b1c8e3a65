/* CRC32C (Castagnoli, RFC 3720), as journals and S3 checksums use it. */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continues `crc` (0 to begin) over the bytes. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t len);
/* The same without the processor's own instruction. */
uint32_t crc32c_portable(uint32_t crc, const void *bytes, size_t len);

#endif
