#include "base/log.h"
#include "command.h"

#include <locale.h>

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    log_configure(CARILLON_LOG_WARNING, LOG_FORMAT_LINE);
    return commands_run(argc, argv);
}
