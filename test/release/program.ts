/** The program on a host, which can be cut. */
import './cut-at.ts'
import '../../program/main.ts'
