// Without the fonts that the usual theme brings: the system's own are there at once.
import theme from 'vitepress/theme-without-fonts'
import './style.css'

export default theme
