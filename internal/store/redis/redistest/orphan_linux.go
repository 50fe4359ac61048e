package redistest

import (
	"os/exec"
	"syscall"
)

// endWithUs lets the system end a server when the test is gone without having ended it itself.
func endWithUs(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
