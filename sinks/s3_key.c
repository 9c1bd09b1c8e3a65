#include "sinks/s3_key.h"

#include <time.h>

#define S3_DAY_MS (24 * 3600 * 1000LL)

void
s3_key_root(struct buf *out, const struct s3_bucket *bucket)
{
	struct span prefix = bucket->config.prefix;

	while (prefix.len > 0 && prefix.at[0] == '/')
		prefix = span_make(prefix.at + 1, prefix.len - 1);
	buf_span_put(out, prefix);
	if (prefix.len > 0 && prefix.at[prefix.len - 1] != '/')
		buf_byte(out, '/');
	buf_printf(out, "%s/", bucket->name);
}

static struct tm
s3_key_date(struct buf *out, int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	buf_printf(out, "year=%04d/month=%02d/day=%02d/", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday);
	return tm;
}

void
s3_key_segment(struct buf *out, const struct journal_segment *segment)
{
	struct tm tm = s3_key_date(out, segment->first_ms);

	buf_printf(out, "hour=%02d/%020llu.zst", tm.tm_hour,
	    (unsigned long long)segment->first_seq);
}

void
s3_key_lines(
    struct buf *out, const char *family, const struct journal_segment *segment)
{
	buf_printf(out, "%s/", family);
	s3_key_date(out, segment->first_ms);
	buf_printf(out, "%020llu.%s.jsonl.zst",
	    (unsigned long long)segment->first_seq, family);
}

void
s3_key_manifest(struct buf *out, int64_t day)
{
	buf_text(out, "manifest/");
	s3_key_date(out, day * S3_DAY_MS);
	buf_text(out, "segments.manifest.jsonl");
}

int64_t
s3_key_day(int64_t ms)
{
	return ms / S3_DAY_MS;
}
