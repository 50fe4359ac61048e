package demo

import (
	"os/exec"
	"syscall"
)

// endWithUs lets the system end a process when the demo is gone without having ended it itself.
func endWithUs(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
