/* Under libFuzzer a broken invariant must abort: log_die() ends the process
 * so quietly that the input would not be kept. The linker puts this one in its
 * place. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void
__wrap_log_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

_Noreturn void
__wrap_log_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}
