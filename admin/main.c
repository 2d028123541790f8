#include "base/log.h"
#include "command.h"

#include <locale.h>

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    log_configure(CARILLON_LOG_WARNING, LOG_FORMAT_LINE, LOG_BURST);
    return commands_run(argc, argv);
}
